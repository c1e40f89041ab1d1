import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import { SweepProcessor } from '../queue/sweep.processor.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { scriptsOf } from '../redis/script.js';
import { InstallationFigures } from './installation-figures.js';
import { SystemTopic } from './system-topic.js';

const script = scriptsOf(import.meta.url);
const CLAIM = script('claim', ({ node, forMs }: { node: string; forMs: number }) => [node, forMs], Number);
const PARTITION = 0;
/** Sweeps come a little early or late, and an early one must not lose its turn. */
const CLAIM_SHARE = 0.8;

/** Publishes a sample of the installation after a sweep, one worker at a time. */
@Injectable()
export class InstallationSampler implements OnModuleInit {
  private readonly logger = new Logger(InstallationSampler.name);

  constructor(
    private readonly config: Config,
    private readonly sweep: SweepProcessor,
    private readonly lanes: RedisLanes,
    private readonly figures: InstallationFigures,
    private readonly topic: SystemTopic,
  ) {}

  onModuleInit(): void {
    if (this.config.sampleMs > 0) this.sweep.follow(() => this.sample());
  }

  /**
   * A sample has the time of its claim. Claims never come closer together, however long a worker
   * takes.
   */
  private async sample(): Promise<void> {
    try {
      const claim = { node: this.config.nodeId, forMs: Math.ceil(this.config.sampleMs * CLAIM_SHARE) };
      const at = await this.lanes.facts.run(CLAIM, PARTITION, claim);
      if (at > 0) await this.topic.publish('installation.sample', await this.figures.read(at));
    } catch (error) {
      this.logger.debug({ msg: 'Could not sample the installation', error: String(error) });
    }
  }
}
