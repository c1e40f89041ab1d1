import { Injectable } from '@nestjs/common';
import { DeliverySettings } from '../config/settings.js';
import type { AckPolicy } from '../contract/terms.js';
import { ALL_TOPIC, SYSTEM_APP, isPersonalTopic } from '../contract/topic-name.js';

/** Rules of a kind of topic. */
export interface TopicRules {
  readonly personal: boolean;
  readonly defaultPolicy: AckPolicy;
  /** Open deliveries of a personal topic beyond which an append is refused (`topic_full`). */
  readonly maxOpen: number;
  /** Entries beyond which the oldest is dropped. */
  readonly maxEntries: number;
  /** How long the record of a delivery outlives it, if not `RECORD_RETENTION_MS`. */
  readonly recordRetentionMs?: number;
}

/**
 * An hour of samples of many nodes. Nobody asks for the status of a sample, so their records end
 * with them.
 */
const SYSTEM_MAX_ENTRIES = 20_000;
const SYSTEM_RECORD_RETENTION_MS = 60_000;

/** Rules that a topic follows, by its name. */
@Injectable()
export class TopicNamespaces {
  private readonly personal: TopicRules;
  private readonly named: TopicRules;
  private readonly system: TopicRules;

  constructor({ topicMaxOpen, topicMaxEntries }: DeliverySettings) {
    const maxOpen = topicMaxOpen;
    this.personal = { personal: true, defaultPolicy: 'any', maxOpen, maxEntries: topicMaxOpen };
    this.named = { personal: false, defaultPolicy: 'none', maxOpen, maxEntries: topicMaxEntries };
    this.system = {
      ...this.named,
      maxEntries: SYSTEM_MAX_ENTRIES,
      recordRetentionMs: SYSTEM_RECORD_RETENTION_MS,
    };
  }

  /** @param name `<app>:<topic>`. */
  rulesOf(name: string): TopicRules {
    const topic = topicOf(name);
    if (isPersonalTopic(topic)) return this.personal;
    return isObserved(name) || topic === ALL_TOPIC ? this.named : this.system;
  }
}

/** Name of an app's topic in keys and hints; app names have no `:`. */
export const qualified = (app: string, topic: string): string => `${app}:${topic}`;
export const appOf = (name: string): string => name.slice(0, name.indexOf(':'));
export const topicOf = (name: string): string => name.slice(name.indexOf(':') + 1);
/** App and topic of a name, as logged. */
export const partsOf = (name: string): { app: string; topic: string } => ({ app: appOf(name), topic: topicOf(name) });

/** App whose topics are not observed. */
export const UNOBSERVED_APP = SYSTEM_APP;

/**
 * True if a topic appears in metrics, in the log and among repairs. The system's own samples do
 * not: watching an installation must not change what is seen.
 */
export const isObserved = (name: string): boolean => appOf(name) !== UNOBSERVED_APP;
