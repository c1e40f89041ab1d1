import { type DynamicModule, Global, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeyRegistry } from './api-key.registry.js';
import { Authenticator } from './authenticator.port.js';
import { ClaimsTopicAuthorizer } from './claims.topic-authorizer.js';
import { JwtAuthenticator } from './jwt.authenticator.js';
import { TopicAuthorizer } from './topic-authorizer.port.js';

/** Own adapters for the ports of authentication; `imports` are the modules that they need. */
export interface AuthOptions {
  authenticator?: Type<Authenticator>;
  topicAuthorizer?: Type<TopicAuthorizer>;
  imports?: ModuleMetadata['imports'];
}

/** Who is this, and what may they do: the ports of sockets and the API keys of REST. Imported once, at the root. */
@Global()
@Module({})
export class AuthModule {
  static register({ authenticator, topicAuthorizer, imports = [] }: AuthOptions = {}): DynamicModule {
    return {
      module: AuthModule,
      imports,
      providers: [
        ApiKeyRegistry,
        ApiKeyGuard,
        { provide: Authenticator, useClass: authenticator ?? JwtAuthenticator },
        { provide: TopicAuthorizer, useClass: topicAuthorizer ?? ClaimsTopicAuthorizer },
      ],
      exports: [ApiKeyRegistry, ApiKeyGuard, Authenticator, TopicAuthorizer],
    };
  }
}
