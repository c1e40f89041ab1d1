import { Reflector } from '@nestjs/core';
import type { Scope } from './scope.js';

/** Scope that a call needs; default `admin`. */
export const RequiresScope = Reflector.createDecorator<Scope>();
