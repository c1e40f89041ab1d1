import { Injectable } from '@nestjs/common';

export interface AuditEntry {
  readonly publisher: string;
  readonly notification: string;
  readonly type: string;
}

/** Record of accepted notifications. A real one would be a table or a stream. */
@Injectable()
export class AuditTrail {
  readonly entries: AuditEntry[] = [];

  write(entry: AuditEntry): Promise<void> {
    this.entries.push(entry);
    return Promise.resolve();
  }
}
