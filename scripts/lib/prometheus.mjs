import { findProgram } from './process.mjs';

/** A program of Prometheus for the tests of `docker/prometheus`, by its name; undefined where it is not installed. */
export function findPrometheus(name) {
  const named = process.env[`${name.toUpperCase()}_BIN`];
  return findProgram(...(named ? [named] : [name]));
}
