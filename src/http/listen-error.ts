import { StartError } from '../contract/start-error.js';

/** Where a server was to listen, and the settings that say so. */
export interface ListenPlace {
  readonly port: number;
  readonly host: string;
  readonly portSetting: 'PORT' | 'ADMIN_PORT';
  readonly hostSetting: 'HOST' | 'ADMIN_HOST';
}

/** Why a server cannot listen, by the setting that would mend it. */
export function listenError({ port, host, portSetting, hostSetting }: ListenPlace, error: unknown): StartError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const because: Readonly<Record<string, string>> = {
    EADDRINUSE: `${portSetting}: ${port} is in use on ${host}. Stop what listens there, or choose another port.`,
    EACCES: `${portSetting}: this user may not listen on ${port}. Choose a port above 1023.`,
    EADDRNOTAVAIL: `${hostSetting}: ${host} is no address of this machine.`,
    ENOTFOUND: `${hostSetting}: ${host} cannot be resolved.`,
  };
  const text = because[code] ?? `${portSetting}, ${hostSetting}: cannot listen on port ${port} of ${host}.`;
  const reason = error instanceof Error ? error.message : String(error);
  return new StartError(`${text} (${reason})`, error);
}
