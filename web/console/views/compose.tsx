import type { ComponentChildren } from 'preact';
import { type Draft, type Faults, KINDS, type Kind, UNITS } from '../lib/compose.js';
import { jsonFault } from '../lib/json.js';

interface FieldsProps {
  draft: Draft;
  faults: Faults;
  onChange: (news: Partial<Draft>) => void;
}

const KIND_NAMES: Readonly<Record<Kind, string>> = {
  user: 'A user',
  users: 'Several users',
  topic: 'A topic',
  topics: 'Several topics',
  session: 'A session',
  all: 'Everyone',
};

export function ComposeFields({ draft, faults, onChange }: FieldsProps) {
  const jsonError = draft.data.trim() ? jsonFault(draft.data) : undefined;
  const dataFault = jsonError
    ? `line ${jsonError.line}, column ${jsonError.column}: ${jsonError.message}`
    : faults.data;
  const text = (name: keyof Draft) => ({
    id: `send-${name}`,
    value: draft[name],
    'aria-invalid': faults[name] !== undefined,
    'aria-describedby': `send-${name}-note`,
    autocomplete: 'off',
    spellcheck: false,
    onInput: (event: { currentTarget: { value: string } }) => onChange({ [name]: event.currentTarget.value }),
  });
  const many = draft.kind === 'users' || draft.kind === 'topics';
  return (
    <>
      <div class="columns-2">
        <Field name="kind" label="To" fault={undefined}>
          <select
            id="send-kind"
            value={draft.kind}
            onChange={(event) => onChange({ kind: kindOf(event.currentTarget.value) })}
          >
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {KIND_NAMES[kind]}
              </option>
            ))}
          </select>
        </Field>
        {draft.kind !== 'all' && (
          <Field
            name="to"
            label={many ? 'Names' : 'Name'}
            fault={faults.to}
            hint={many ? 'Separated by commas or spaces' : ''}
          >
            <input class="mono" {...text('to')} />
          </Field>
        )}
      </div>
      <Field name="type" label="Type" fault={faults.type}>
        <input class="mono" placeholder="order.shipped" {...text('type')} />
      </Field>
      <Field name="data" label="Data, as JSON" fault={dataFault}>
        <textarea class="mono" rows={8} {...text('data')} aria-invalid={dataFault !== undefined} />
      </Field>
      <div class="columns-2">
        <Field name="ack" label="Acknowledged" fault={faults.ack}>
          <select {...text('ack')}>
            <option value="">the target’s default</option>
            <option value="any">by the first recipient</option>
            <option value="all">by every recipient</option>
            <option value="none">no ack needed</option>
          </select>
        </Field>
        <Field name="priority" label="Priority" fault={faults.priority}>
          <select {...text('priority')}>
            <option value="">normal</option>
            <option value="high">high</option>
            <option value="low">low</option>
          </select>
        </Field>
      </div>
      <details>
        <summary>More: expiry, delay, collapse key, attempts, metadata</summary>
        <div class="stack details-body">
          <div class="columns-2">
            <Duration name="ttl" label="Expires after" {...{ draft, faults, onChange, text }} />
            <Duration name="delay" label="Deliver in" {...{ draft, faults, onChange, text }} />
            <Field
              name="collapseKey"
              label="Collapse key"
              fault={faults.collapseKey}
              hint="Replaces an older notification with this key"
            >
              <input class="mono" {...text('collapseKey')} />
            </Field>
            <Field name="maxAttempts" label="Maximum attempts" fault={faults.maxAttempts}>
              <input inputMode="numeric" {...text('maxAttempts')} />
            </Field>
          </div>
          <Field
            name="metadata"
            label="Metadata"
            fault={faults.metadata}
            hint="One name: value per line; not sent to clients"
          >
            <textarea class="mono" rows={3} {...text('metadata')} />
          </Field>
        </div>
      </details>
    </>
  );
}

interface DurationProps extends FieldsProps {
  name: 'ttl' | 'delay';
  label: string;
  text: (name: keyof Draft) => object;
}

function Duration({ name, label, draft, faults, onChange, text }: DurationProps) {
  return (
    <Field name={name} label={label} fault={faults[name]}>
      <div class="joined">
        <input inputMode="decimal" {...text(name)} />
        <select
          aria-label={`${label}: unit`}
          value={draft[`${name}Unit`]}
          onChange={(event) => onChange({ [`${name}Unit`]: event.currentTarget.value })}
        >
          {Object.entries(UNITS).map(([unit, told]) => (
            <option key={unit} value={unit}>
              {told.name}
            </option>
          ))}
        </select>
      </div>
    </Field>
  );
}

interface FieldProps {
  name: string;
  label: string;
  fault: string | undefined;
  hint?: string;
  children: ComponentChildren;
}

function Field({ name, label, fault, hint, children }: FieldProps) {
  return (
    <div class="field">
      <label for={`send-${name}`}>{label}</label>
      {children}
      <div id={`send-${name}-note`} aria-live="polite">
        {fault ? <p class="fault">{fault}</p> : hint ? <p class="hint">{hint}</p> : null}
      </div>
    </div>
  );
}

const kindOf = (text: string): Kind => KINDS.find((kind) => kind === text) ?? 'user';
