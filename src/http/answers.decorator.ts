import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { problem } from '../contract/problem.schema.js';

/** Documents a call: its summary and the schema of its answer. */
export function Answers(status: number, schema: z.ZodType, summary: string): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    ApiBearerAuth(),
    ApiHeader({
      name: 'Postrider-App',
      required: false,
      description: 'With an admin key: app to act for, default `main`. An API key always acts for its own app',
      schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
    }),
    ApiResponse({ status, description: 'Done', standardSchema: schema }),
    ApiResponse({ status: 'default', description: 'Problem', standardSchema: problem }),
  );
}
