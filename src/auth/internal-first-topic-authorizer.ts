import { isInternalApp } from '../contract/topic-name.js';
import type { Identity } from './authenticator.port.js';
import { ClaimsTopicAuthorizer } from './claims-topic-authorizer.js';
import { TopicAuthorizer } from './topic-authorizer.port.js';

/** Decides by the token's claims in internal apps, and asks the bound authorizer in all others. */
export class InternalFirstTopicAuthorizer extends TopicAuthorizer {
  private readonly byClaims = new ClaimsTopicAuthorizer();

  constructor(private readonly bound: TopicAuthorizer) {
    super();
  }

  override canSubscribe(identity: Identity, topic: string): boolean | Promise<boolean> {
    return this.authorizerOf(identity).canSubscribe(identity, topic);
  }

  override canPublish(identity: Identity, topic: string): boolean | Promise<boolean> {
    return this.authorizerOf(identity).canPublish(identity, topic);
  }

  private authorizerOf({ app }: Identity): TopicAuthorizer {
    return isInternalApp(app) ? this.byClaims : this.bound;
  }
}
