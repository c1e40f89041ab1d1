import type { PostriderOptions } from '@postrider/client';

type SocketConstructor = NonNullable<PostriderOptions['WebSocket']>;
type Socket = InstanceType<SocketConstructor>;

interface DeadEvent {
  type: string;
  code: number;
  reason: string;
}

/** Socket while the cable is cut: it fails as without a network. */
class DeadSocket implements Socket {
  readonly protocol = '';
  readonly readyState = 3;
  private fail: (() => void) | undefined;
  private readonly timer = setTimeout(() => this.fail?.(), 0);

  addEventListener(event: string, listener: (event: DeadEvent) => void): void {
    if (event === 'close') this.fail = () => listener({ type: 'close', code: 1006, reason: 'no network' });
  }

  send(): void {
    throw new DOMException('The socket is not open.', 'InvalidStateError');
  }

  close(): void {
    clearTimeout(this.timer);
  }
}

/** Connection of one side, which can be cut while the others keep theirs. */
export class Cable {
  private cut = false;
  private readonly open = new Set<WebSocket>();

  /** Constructor for the sockets of a client. */
  get WebSocket(): SocketConstructor {
    const connect = (url: string, protocols?: string): Socket => this.connect(url, protocols);
    // A function that returns an object yields that object, even with `new`.
    const constructor: unknown = function (url: string, protocols?: string) {
      return connect(url, protocols);
    };
    return constructor as SocketConstructor;
  }

  sever(): void {
    this.cut = true;
    for (const socket of this.open) socket.close();
  }

  mend(): void {
    this.cut = false;
  }

  private connect(url: string, protocols?: string): Socket {
    if (this.cut) return new DeadSocket();
    const socket = new WebSocket(url, protocols);
    this.open.add(socket);
    socket.addEventListener('close', () => this.open.delete(socket));
    return socket;
  }
}
