import { bootstrap, Config } from 'postrider';
import { TeamDirectory } from './team-directory.js';
import { TeamModule } from './team.module.js';
import { TeamRecipientResolver } from './team-recipient-resolver.js';

const app = await bootstrap(Config.from(), { recipientResolver: TeamRecipientResolver, imports: [TeamModule] });
app.get(TeamDirectory, { strict: false }).define('main', 'support', ['alice', 'bob']);
