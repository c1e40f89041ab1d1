import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { problem } from './problem.schema.js';

/** Documents a call: what it does, and the schema of its answer. */
export function Answers(status: number, schema: z.ZodType, summary: string): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    ApiBearerAuth(),
    ApiResponse({ status, description: 'Done', standardSchema: schema }),
    ApiResponse({ status: 'default', description: 'Refused', standardSchema: problem }),
  );
}
