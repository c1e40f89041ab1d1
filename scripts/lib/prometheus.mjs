import { findProgram } from './process.mjs';

/**
 * Finds a program of Prometheus for the tests of `docker/prometheus`.
 * @param {'prometheus' | 'promtool'} name
 */
export function findPrometheus(name) {
  const named = process.env[`${name.toUpperCase()}_BIN`];
  return findProgram(...(named ? [named] : [name]));
}
