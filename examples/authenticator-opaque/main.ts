import { bootstrap, Config } from 'postrider';
import { OpaqueAuthenticator } from './opaque-authenticator.js';
import { TokenModule } from './token.module.js';
import { TokenTable } from './token-table.js';

const app = await bootstrap(Config.from(), { authenticator: OpaqueAuthenticator, imports: [TokenModule] });
const identity = { user: 'alice', app: 'main', expiresAtMs: Date.now() + 3_600_000, topics: ['*'], publish: [] };
console.log(`Token of alice: ${app.get(TokenTable, { strict: false }).issue(identity)}`);
