import { z } from 'zod';

export const at = z
  .string()
  .meta({ format: 'date-time', description: 'RFC 3339', example: '2026-03-01T12:00:00.000Z' });

export const offset = z.int().min(1);
export const count = z.int().min(0);
export const errorCode = z.string().meta({ description: 'Error code', example: 'topic_full' });

export const correlationId = z
  .string()
  .optional()
  .meta({ description: 'Value of `X-Correlation-Id` when it was published' });
