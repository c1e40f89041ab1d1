import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project folder, or that of the installed package. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A checkout has sources to build; an installed package comes built. */
export const IS_CHECKOUT = existsSync(join(ROOT, 'src'));

/** The folder that the server runs in: an installed package leaves its own alone. */
export const WORK_DIR = IS_CHECKOUT ? ROOT : process.cwd();

/** Folder for development keys, logs and the embedded Redis. */
export const DATA_DIR = resolve(WORK_DIR, process.env.POSTRIDER_DATA_DIR || '.data');

/** Files that only speed up the scripts; safe to delete. */
export const CACHE_DIR = resolve(ROOT, '.cache');
