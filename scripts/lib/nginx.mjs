import { findProgram } from './process.mjs';

/**
 * Path of an nginx for the tests of `docker/nginx`. None is installed here, because its Debian
 * package opens port 80.
 */
export function findNginx() {
  return findProgram(...(process.env.NGINX_BIN ? [process.env.NGINX_BIN] : ['nginx', '/usr/sbin/nginx']));
}
