import { findProgram } from './process.mjs';

/**
 * An nginx for the tests of `docker/nginx`: NGINX_BIN or one that is installed; else undefined. None is installed here, as
 * its Debian package opens port 80.
 */
export function findNginx() {
  return findProgram(...(process.env.NGINX_BIN ? [process.env.NGINX_BIN] : ['nginx', '/usr/sbin/nginx']));
}
