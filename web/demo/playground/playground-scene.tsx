import { FrameList } from '../parts/frame-list';
import { Intro } from '../parts/intro';
import { ArrivalList } from './arrival-list';
import { ConnectForm } from './connect-form';
import { playground } from './playground';
import { SendForm } from './send-form';
import { SubscribeForm } from './subscribe-form';

const TONES = { open: 'ok', connecting: 'warn', waiting: 'warn', suspended: 'bad', closed: 'bad' } as const;

/** Playground: everything by hand, with your own token and key. */
export function PlaygroundScene() {
  const { value } = playground.state;
  return (
    <section aria-labelledby="playground-title">
      <Intro
        id="playground-title"
        title="Playground: everything by hand"
        steps={[
          'Open the link that npm start prints: it has a token and a key.',
          'Send something to the connected user.',
          'Acknowledge it, or send it back and see it again.',
        ]}
      >
        One client with your own token, REST with your own key. Both stay in this tab.
      </Intro>
      <div class="facts card">
        <span class="pill dot" id="state" role="status" data-state={value} data-tone={TONES[value]}>
          {value}
        </span>
        <FactList />
        <p id="notice" class="fault" role="alert" hidden={playground.notice.value === ''}>
          {playground.notice.value}
        </p>
      </div>
      <div class="bench">
        <ArrivalList />
        <div class="stack">
          <ConnectForm />
          <SubscribeForm />
          <SendForm />
          <div class="card">
            <FrameList name="the playground" log={playground.log} />
          </div>
        </div>
      </div>
    </section>
  );
}

function FactList() {
  const facts = playground.facts.value;
  return (
    <dl>
      <div>
        <dt>user</dt>
        <dd id="user">{facts?.user ?? '–'}</dd>
      </div>
      <div>
        <dt>session</dt>
        <dd id="session" data-resumed={facts?.resumed ?? false}>
          {facts === undefined ? '–' : facts.resumed ? `${facts.session} (resumed)` : facts.session}
        </dd>
      </div>
      <div>
        <dt>node</dt>
        <dd id="node">{facts?.node ?? '–'}</dd>
      </div>
    </dl>
  );
}
