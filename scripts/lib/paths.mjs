import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project folder. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Where development keys, logs and the embedded Redis keep their files. */
export const DATA_DIR = resolve(ROOT, process.env.POSTRIDER_DATA_DIR || '.data');

/** Files that only speed up the scripts; safe to delete. */
export const CACHE_DIR = resolve(ROOT, '.cache');
