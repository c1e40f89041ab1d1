import { useSignal } from '@preact/signals';
import { AnswerLine } from './answer-line';
import { type Answer, answerOf, playground } from './playground';

export function SubscribeForm() {
  const topic = useSignal('');
  const answer = useSignal<Answer | undefined>(undefined);
  const subscribe = async (): Promise<string> => {
    const subscription = await playground.subscribe(topic.value.trim());
    return `Subscribed to ${subscription.topic}, which is at offset ${subscription.offset}.`;
  };
  return (
    <form
      class="card form"
      id="subscribe"
      onSubmit={(event) => {
        event.preventDefault();
        void answerOf(subscribe).then((told) => (answer.value = told));
      }}
    >
      <h2>Topics</h2>
      <ul class="chips" id="topics">
        {playground.topics.value.map((name) => (
          <li key={name} class="pill">
            {name}
          </li>
        ))}
      </ul>
      <div class="field">
        <label for="topic">Subscribe to</label>
        <div class="pair">
          <input
            id="topic"
            autocomplete="off"
            spellcheck={false}
            placeholder="orders.eu"
            required
            value={topic.value}
            onInput={(event) => (topic.value = event.currentTarget.value)}
          />
          <button type="submit">Subscribe</button>
        </div>
      </div>
      <AnswerLine id="subscribe-answer" answer={answer.value} />
    </form>
  );
}
