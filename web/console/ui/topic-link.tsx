import { hrefOf } from '../lib/route.js';

/** Link to a topic, or to the user whose personal topic it is. */
export function TopicLink({ topic }: { topic: string }) {
  const user = topic.startsWith('user:') ? topic.slice('user:'.length) : undefined;
  return (
    <a class="mono" href={user === undefined ? hrefOf('find', ['topic', topic]) : hrefOf('find', ['user', user])}>
      {topic}
    </a>
  );
}
