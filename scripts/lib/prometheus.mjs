import { findProgram } from './process.mjs';

/**
 * Program of Prometheus for the tests of `docker/prometheus`, by its name; undefined if it is not
 * installed.
 */
export function findPrometheus(name) {
  const named = process.env[`${name.toUpperCase()}_BIN`];
  return findProgram(...(named ? [named] : [name]));
}
