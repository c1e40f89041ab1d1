import { Module } from '@nestjs/common';
import { InstallationMetricsModule } from './operators/samples.module.js';
import { RestModule } from './rest/rest.module.js';

/** Role `api`: REST, and metrics of the whole installation. The root module adds its pages. */
@Module({ imports: [RestModule, InstallationMetricsModule] })
export class ApiModule {}
