import { Reflector } from '@nestjs/core';
import type { Scope } from './scope.js';

/** The scope that a call needs; one without needs `admin`. */
export const RequiresScope = Reflector.createDecorator<Scope>();
