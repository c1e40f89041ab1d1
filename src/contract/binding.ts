import type {
  ClassProvider,
  ExistingProvider,
  FactoryProvider,
  InjectionToken,
  Provider,
  Type,
  ValueProvider,
} from '@nestjs/common';

/** Adapter for a port: a class, or a Nest provider without its token. */
export type Binding<T> =
  | Type<T>
  | Omit<ClassProvider<T>, 'provide'>
  | Omit<FactoryProvider<T>, 'provide'>
  | Omit<ExistingProvider<T>, 'provide'>
  | Omit<ValueProvider<T>, 'provide'>;

/** Provider that binds a token to an adapter. */
export const bind = <T>(provide: InjectionToken<T>, binding: Binding<T>): Provider<T> =>
  typeof binding === 'function' ? { provide, useClass: binding } : ({ provide, ...binding } as Provider<T>);
