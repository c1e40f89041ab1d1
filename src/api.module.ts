import { Module } from '@nestjs/common';
import { ConsoleModule } from './operators/console.module.js';
import { DemoModule } from './operators/demo.module.js';
import { PageModule } from './operators/page.module.js';
import { InstallationMetricsModule } from './operators/samples.module.js';
import { RestModule } from './rest/rest.module.js';

/** Role `api`: REST, the pages, and metrics of the whole installation. */
@Module({ imports: [RestModule, PageModule, ConsoleModule, DemoModule, InstallationMetricsModule] })
export class ApiModule {}
