import type { Role } from './config/node.schema.js';
import type { Page } from './operators/pages.js';

/** Roles and pages of this process. */
export class PostriderParts {
  constructor(
    readonly roles: ReadonlySet<Role>,
    readonly pages: readonly Page[],
  ) {}

  /** True if this process answers REST calls or opens sockets, not only health checks. */
  get isServing(): boolean {
    return this.roles.has('api') || this.roles.has('gateway');
  }
}
