import { type DynamicModule, Global, Module, type ModuleMetadata } from '@nestjs/common';
import { type Binding, bind } from '../contract/binding.js';
import { AdminKeyRegistry } from './admin-key-registry.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeyRegistry } from './api-key-registry.js';
import { Authenticator } from './authenticator.port.js';
import { ClaimsTopicAuthorizer } from './claims-topic-authorizer.js';
import { ConsoleSessions } from './console-sessions.js';
import { InternalFirstAuthenticator } from './internal-first-authenticator.js';
import { InternalFirstTopicAuthorizer } from './internal-first-topic-authorizer.js';
import { InternalTokens } from './internal-tokens.js';
import { JwtAuthenticator } from './jwt-authenticator.js';
import { KeyFile } from './key-file.js';
import { KeyReadiness } from './key-readiness.js';
import { KeysOnlyPublisherAuthenticator, PublisherAuthenticator } from './publisher-authenticator.port.js';
import { PublicKeys } from './public-keys.js';
import { ClockModule } from '../clock/clock.module.js';
import { TopicAuthorizer } from './topic-authorizer.port.js';

/** Tokens of the adapters that a team has bound; the application injects wrappers around them. */
const BOUND_AUTHENTICATOR = Symbol('the authenticator of the team');
const BOUND_TOPIC_AUTHORIZER = Symbol('the topic authorizer of the team');

/** Adapters for the ports of authentication, and the modules that they need. */
export interface AuthOptions {
  readonly authenticator?: Binding<Authenticator> | undefined;
  readonly topicAuthorizer?: Binding<TopicAuthorizer> | undefined;
  readonly publisherAuthenticator?: Binding<PublisherAuthenticator> | undefined;
  readonly imports?: ModuleMetadata['imports'];
}

/** Authentication and authorization of sockets and REST. Imported once, at the root. */
@Global()
@Module({})
export class AuthModule {
  static register(options: AuthOptions = {}): DynamicModule {
    const { authenticator, topicAuthorizer, publisherAuthenticator, imports = [] } = options;
    return {
      module: AuthModule,
      imports: [ClockModule, ...imports],
      providers: [
        KeyFile,
        PublicKeys,
        KeyReadiness,
        ApiKeyRegistry,
        ApiKeyGuard,
        AdminKeyRegistry,
        ConsoleSessions,
        InternalTokens,
        bind(BOUND_AUTHENTICATOR, authenticator ?? JwtAuthenticator),
        bind(BOUND_TOPIC_AUTHORIZER, topicAuthorizer ?? ClaimsTopicAuthorizer),
        bind(PublisherAuthenticator, publisherAuthenticator ?? KeysOnlyPublisherAuthenticator),
        {
          provide: Authenticator,
          inject: [InternalTokens, BOUND_AUTHENTICATOR],
          useFactory: (tokens: InternalTokens, bound: Authenticator) => new InternalFirstAuthenticator(tokens, bound),
        },
        {
          provide: TopicAuthorizer,
          inject: [BOUND_TOPIC_AUTHORIZER],
          useFactory: (bound: TopicAuthorizer) => new InternalFirstTopicAuthorizer(bound),
        },
      ],
      exports: [
        ApiKeyRegistry,
        ApiKeyGuard,
        AdminKeyRegistry,
        ConsoleSessions,
        InternalTokens,
        Authenticator,
        TopicAuthorizer,
        PublisherAuthenticator,
      ],
    };
  }
}
