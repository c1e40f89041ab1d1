import { type DynamicModule, Global, Module, type ModuleMetadata } from '@nestjs/common';
import { type Binding, bind } from './contract/binding.js';
import type { ReadinessCheck } from './contract/readiness-check.port.js';
import { ACCEPT_HOOKS, type AcceptHook } from './publish/accept-hook.port.js';
import { RecipientResolver, TargetRecipientResolver } from './publish/recipient-resolver.port.js';

/** Adapters for the ports behind REST and delivery. */
export interface Extensions {
  readonly recipientResolver?: Binding<RecipientResolver> | undefined;
  /** Hooks, in the order in which they run. */
  readonly acceptHooks?: readonly Binding<AcceptHook>[] | undefined;
  readonly readinessChecks?: readonly Binding<ReadinessCheck>[] | undefined;
  /** Modules whose providers the adapters need. */
  readonly imports?: NonNullable<ModuleMetadata['imports']> | undefined;
}

/** Binds the ports to the given adapters, or to the defaults. */
@Global()
@Module({})
export class ExtensionsModule {
  static of({ recipientResolver, acceptHooks = [], readinessChecks = [], imports = [] }: Extensions): DynamicModule {
    const hooks = acceptHooks.map((hook, index) => ({ token: Symbol(`accept hook ${index + 1}`), hook }));
    return {
      module: ExtensionsModule,
      imports,
      providers: [
        bind(RecipientResolver, recipientResolver ?? TargetRecipientResolver),
        ...hooks.map(({ token, hook }) => bind(token, hook)),
        {
          provide: ACCEPT_HOOKS,
          inject: hooks.map(({ token }) => token),
          useFactory: (...bound: AcceptHook[]) => bound,
        },
        ...readinessChecks.map((check, index) => bind(Symbol(`readiness check ${index + 1}`), check)),
      ],
      exports: [RecipientResolver, ACCEPT_HOOKS],
    };
  }
}
