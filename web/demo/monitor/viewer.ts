import { signal } from '@preact/signals';
import type { Message } from '@postrider/client';
import { Participant } from '../participant';
import { type Person, type Stage, topicOf } from '../stage';
import type { Sample } from './sensor';

const WINDOW = 40;
const KEPT = 2_500;

/** Viewer, which keeps the samples in the order of the push. */
export class Viewer {
  readonly participant: Participant;
  readonly last = signal<Sample | undefined>(undefined);
  /** Offset of the newest sample received. */
  readonly offset = signal(0);
  readonly times: number[] = [];
  readonly values: number[] = [];
  /** Resolves when the viewer is subscribed. */
  readonly joined: Promise<unknown>;

  constructor(stage: Stage, person: Person) {
    this.participant = new Participant({ person, window: WINDOW });
    this.joined = this.participant.client.subscribe(topicOf(stage, 'monitor'), (message) => this.arrive(message));
  }

  private arrive(message: Message): void {
    const sample = message.data as Sample;
    this.times.push(sample.at / 1_000);
    this.values.push(sample.value);
    if (this.times.length > KEPT) {
      this.times.splice(0, KEPT / 10);
      this.values.splice(0, KEPT / 10);
    }
    this.last.value = sample;
    this.offset.value = message.offset;
    this.participant.take(message);
  }
}
