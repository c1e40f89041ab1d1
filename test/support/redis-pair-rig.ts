import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { once } from 'node:events';
import { RedisRig } from './redis-rig.js';
import { until } from './wait.js';

/**
 * Primary and replica behind one address, with a failover that loses exactly the writes that a test
 * chooses.
 */
export class RedisPairRig {
  private readonly links = new Set<Socket>();
  private target: RedisRig;

  private constructor(
    readonly primary: RedisRig,
    readonly replica: RedisRig,
    private readonly door: Server,
  ) {
    this.target = primary;
    door.on('connection', (socket) => this.forward(socket));
  }

  static async start(): Promise<RedisPairRig> {
    const primary = await RedisRig.start();
    const replica = await RedisRig.start({ args: ['--replicaof', primary.host, String(primary.port)] });
    await until(async () => (await primary.client().wait(1, 100)) === 1, { what: 'the replica follows' });
    const door = createServer();
    door.listen(0, '127.0.0.1');
    await once(door, 'listening');
    return new RedisPairRig(primary, replica, door);
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.door.address() as AddressInfo).port}`;
  }

  /** Cuts replication: the replica gets no further writes of the primary. */
  async isolate(): Promise<void> {
    const client = this.replica.client();
    const upToDate = async (): Promise<boolean> => (await this.primary.client().wait(1, 1_000)) === 1;
    await until(upToDate, { what: 'the replica has everything so far' });
    await client.call('REPLICAOF', 'NO', 'ONE');
  }

  /** Kills the primary and lets the replica take its place. */
  async failOver(): Promise<void> {
    this.target = this.replica;
    await this.primary.kill();
    for (const socket of this.links) socket.destroy();
  }

  /** Gives the new primary a replica. The caller stops it. */
  follow(): Promise<RedisRig> {
    return RedisRig.start({ args: ['--replicaof', this.replica.host, String(this.replica.port)] });
  }

  async stop(): Promise<void> {
    for (const socket of this.links) socket.destroy();
    this.door.close();
    await Promise.all([this.primary.stop(), this.replica.stop()]);
  }

  private forward(socket: Socket): void {
    const { host, port } = this.target;
    const other = connect(port, host);
    for (const [from, to] of [
      [socket, other],
      [other, socket],
    ] as const) {
      this.links.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.links.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}
