import { bootstrap, Config } from 'postrider';
import { RoomDirectory } from './room-directory.js';
import { RoomModule } from './room.module.js';
import { RoomTopicAuthorizer } from './room-topic-authorizer.js';

const app = await bootstrap(Config.from(), { topicAuthorizer: RoomTopicAuthorizer, imports: [RoomModule] });
app.get(RoomDirectory, { strict: false }).enter('main', 'lobby', 'alice');
