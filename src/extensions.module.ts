import { type DynamicModule, Global, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import type { ReadinessCheck } from './contract/readiness-check.port.js';
import { ACCEPT_HOOKS, type AcceptHook } from './publish/accept-hook.port.js';
import { RecipientResolver, TargetRecipientResolver } from './publish/recipient-resolver.port.js';

/** Adapters for the ports behind REST and delivery. */
export interface Extensions {
  readonly recipientResolver?: Type<RecipientResolver> | undefined;
  /** Hooks, in the order in which they run. */
  readonly acceptHooks?: readonly Type<AcceptHook>[] | undefined;
  readonly readinessChecks?: readonly Type<ReadinessCheck>[] | undefined;
  /** Modules whose providers the adapters need. */
  readonly imports?: NonNullable<ModuleMetadata['imports']> | undefined;
}

/** Binds the ports to the given adapters, or to the defaults. */
@Global()
@Module({})
export class ExtensionsModule {
  static of({ recipientResolver, acceptHooks = [], readinessChecks = [], imports = [] }: Extensions): DynamicModule {
    return {
      module: ExtensionsModule,
      imports,
      providers: [
        { provide: RecipientResolver, useClass: recipientResolver ?? TargetRecipientResolver },
        ...acceptHooks,
        { provide: ACCEPT_HOOKS, inject: [...acceptHooks], useFactory: (...hooks: AcceptHook[]) => hooks },
        ...readinessChecks,
      ],
      exports: [RecipientResolver, ACCEPT_HOOKS],
    };
  }
}
