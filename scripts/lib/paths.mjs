import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the project, or of the installed package. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** True in a checkout, which has sources to build; an installed package is built already. */
export const IS_CHECKOUT = existsSync(join(ROOT, 'src'));

/** Folder that the server runs in. An installed package leaves its own folder alone. */
export const WORK_DIR = IS_CHECKOUT ? ROOT : process.cwd();

/** Folder for development keys, logs and the embedded Redis. */
export const DATA_DIR = resolve(WORK_DIR, process.env.POSTRIDER_DATA_DIR || '.data');

/** Folder for files that only speed up the scripts; safe to delete. */
export const CACHE_DIR = resolve(ROOT, '.cache');
