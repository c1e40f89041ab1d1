import { useEffect, useMemo } from 'preact/hooks';
import { Intro } from '../parts/intro';
import { OnStage } from '../parts/on-stage';
import { useWhileShown } from '../parts/while-shown';
import type { Stage } from '../stage';
import { Chat } from './chat';
import { ChatSide } from './chat-side';

const LOOK_MS = 1_000;

export function ChatScene() {
  return (
    <section aria-labelledby="chat-title">
      <Intro
        id="chat-title"
        title="A support chat that survives the tunnel"
        steps={[
          'Cut the customer’s connection.',
          'Write a few messages on both sides.',
          'Connect again: everything arrives, in order, once.',
        ]}
      >
        Two people, two real clients. A message is stored before anybody sees it, then pushed. One tick: the server has
        it. Two ticks: the other side has acknowledged it.
      </Intro>
      <OnStage>{(stage) => <Conversation stage={stage} />}</OnStage>
    </section>
  );
}

function Conversation({ stage }: { stage: Stage }) {
  const { customer, agent } = useMemo(() => {
    const { people } = stage;
    return {
      customer: new Chat(stage, people.customer, people.agent),
      agent: new Chat(stage, people.agent, people.customer),
    };
  }, [stage]);
  useEffect(() => {
    const greeting = 'Hello, this is Maya. How can I help?';
    const bothThere = Promise.all([customer.joined, agent.joined]);
    void bothThere.then(() => agent.say(greeting, `${stage.stage}-greeting`)).catch(() => {});
  }, [stage, customer, agent]);
  useWhileShown('chat', LOOK_MS, () => {
    void customer.lookAround();
    void agent.lookAround();
  });
  return (
    <div class="sides">
      <ChatSide id="customer" name="Jonas" role="customer" icon="phone" otherName="Maya" chat={customer} />
      <ChatSide id="agent" name="Maya" role="support" icon="chat" otherName="Jonas" chat={agent} />
    </div>
  );
}
