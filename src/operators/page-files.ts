import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { NodeSettings } from '../config/settings.js';
import { PostriderError } from '../contract/postrider-error.js';

/** Output of `npm run build`; the paths are the same from `src` and from `dist`. */
const BUILT = {
  demo: new URL('../../web/dist/demo/', import.meta.url),
  console: new URL('../../web/dist/console/', import.meta.url),
  assets: new URL('../../web/dist/assets/', import.meta.url),
  client: new URL('../../clients/js/dist/', import.meta.url),
};

export type BuiltFolder = keyof typeof BUILT;

/** Files of the pages and the client, by folder and name. Only listed files can be requested. */
@Injectable()
export class PageFiles {
  private readonly held: ReadonlyMap<string, Buffer> | undefined;

  /** In development, files are read again, so that a reload shows a rebuilt page. */
  constructor({ nodeEnv }: NodeSettings) {
    this.held = nodeEnv === 'development' ? undefined : new Map(foldersOf().flatMap(contentsOf));
  }

  /** @throws PostriderError `not_found`, which says if the pages have not been built. */
  read(folder: BuiltFolder, name: string): Buffer {
    const found = this.held ? this.held.get(`${folder}/${name}`) : readListed(folder, name);
    if (found) return found;
    if (!existsSync(BUILT[folder]))
      throw new PostriderError('not_found', 'The pages are not built. Run npm run build.');
    throw new PostriderError('not_found');
  }
}

const foldersOf = (): BuiltFolder[] => Object.keys(BUILT) as BuiltFolder[];

const namesIn = (folder: BuiltFolder): string[] =>
  existsSync(BUILT[folder])
    ? readdirSync(BUILT[folder], { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? entry.name : []))
    : [];

const contentsOf = (folder: BuiltFolder): [string, Buffer][] =>
  namesIn(folder).map((name) => [`${folder}/${name}`, readFileSync(new URL(name, BUILT[folder]))]);

const readListed = (folder: BuiltFolder, name: string): Buffer | undefined =>
  namesIn(folder).includes(name) ? readFileSync(new URL(name, BUILT[folder])) : undefined;
