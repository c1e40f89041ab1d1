import { StartError } from '../contract/start-error.js';

/** Address of a server, and the settings that define it. */
export interface ListenPlace {
  readonly port: number;
  readonly host: string;
  readonly portSetting: 'PORT' | 'ADMIN_PORT';
  readonly hostSetting: 'HOST' | 'ADMIN_HOST';
}

/** Explains why a server cannot listen, naming the setting to change. */
export function listenError({ port, host, portSetting, hostSetting }: ListenPlace, error: unknown): StartError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const because: Readonly<Record<string, string>> = {
    EADDRINUSE: `${portSetting}: ${port} is in use on ${host}. Stop the program that listens there, or choose another port.`,
    EACCES: `${portSetting}: this user may not listen on ${port}. Choose a port above 1023.`,
    EADDRNOTAVAIL: `${hostSetting}: ${host} is not an address of this machine.`,
    ENOTFOUND: `${hostSetting}: ${host} cannot be resolved.`,
  };
  const text = because[code] ?? `${portSetting}, ${hostSetting}: cannot listen on port ${port} of ${host}.`;
  const reason = error instanceof Error ? error.message : String(error);
  return new StartError(`${text} (${reason})`, error);
}
