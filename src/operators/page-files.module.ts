import { Module } from '@nestjs/common';
import { AssetController } from './asset.controller.js';
import { PageFiles } from './page-files.js';

/** The built files of the pages. */
@Module({ controllers: [AssetController], providers: [PageFiles], exports: [PageFiles] })
export class PageFilesModule {}
