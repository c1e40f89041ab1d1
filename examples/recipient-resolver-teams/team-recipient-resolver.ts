import { Injectable } from '@nestjs/common';
import { type NotificationTarget, PostriderError, TargetRecipientResolver, userTopic } from 'postrider';
import { TeamDirectory } from './team-directory.js';

const TEAM_PREFIX = 'team:';

/**
 * Resolves `{"to": {"topic": "team:support"}}` to the personal topic of every member of the team.
 */
@Injectable()
export class TeamRecipientResolver extends TargetRecipientResolver {
  constructor(private readonly teams: TeamDirectory) {
    super();
  }

  override resolve(app: string, to: NotificationTarget): readonly string[] {
    const topics = super.resolve(app, to).flatMap((topic) => this.expand(app, topic));
    return [...new Set(topics)];
  }

  private expand(app: string, topic: string): readonly string[] {
    if (!topic.startsWith(TEAM_PREFIX)) return [topic];
    const members = this.teams.membersOf(app, topic.slice(TEAM_PREFIX.length));
    if (!members) {
      throw new PostriderError('topic_not_found', 'There is no such team. Check its name.', { field: 'to' });
    }
    return members.map(userTopic);
  }
}
