import { findProgram } from './process.mjs';

/**
 * nginx for the tests of `docker/nginx`: NGINX_BIN or an installed one; else undefined. None is
 * installed here, because the Debian package opens port 80.
 */
export function findNginx() {
  return findProgram(...(process.env.NGINX_BIN ? [process.env.NGINX_BIN] : ['nginx', '/usr/sbin/nginx']));
}
