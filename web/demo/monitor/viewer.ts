import { signal } from '@preact/signals';
import type { Message } from '@postrider/client';
import { Participant } from '../participant';
import { type Person, type Stage, topicOf } from '../stage';
import type { Sample } from './sensor';

const WINDOW = 40;
const KEPT = 2_500;

/** Someone who watches: keeps the samples in the order in which they were pushed. */
export class Viewer {
  readonly participant: Participant;
  readonly last = signal<Sample | undefined>(undefined);
  /** The place of the newest one that came. */
  readonly offset = signal(0);
  readonly times: number[] = [];
  readonly values: number[] = [];
  /** Resolves when what is posted from now on is for this viewer, too. */
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
