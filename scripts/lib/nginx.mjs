import { findProgram } from './process.mjs';

/**
 * Finds an nginx for the tests of `docker/nginx`. It installs none, because the Debian package
 * opens port 80.
 */
export function findNginx() {
  return findProgram(...(process.env.NGINX_BIN ? [process.env.NGINX_BIN] : ['nginx', '/usr/sbin/nginx']));
}
