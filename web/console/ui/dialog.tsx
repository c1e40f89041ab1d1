import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface Question {
  title: string;
  text: ComponentChildren;
  /** Label of the confirming button. */
  action: string;
  resolve: (confirmed: boolean) => void;
}

const question = signal<Question | undefined>(undefined);
const announcement = signal('');

/** Asks for confirmation of an irreversible action. Escape and closing mean no. */
export function confirm(asked: Omit<Question, 'resolve'>): Promise<boolean> {
  question.peek()?.resolve(false);
  return new Promise((resolve) => (question.value = { ...asked, resolve }));
}

/** Announces a change, which is shown for a while and read out by screen readers. */
export function announce(text: string): void {
  announcement.value = text;
  clearTimeout(timer);
  timer = setTimeout(() => (announcement.value = ''), SHOWN_MS);
}

const SHOWN_MS = 6_000;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Container for questions and announcements, one per page. */
export function Dialogs() {
  const asked = question.value;
  const answer = (confirmed: boolean): void => {
    question.value = undefined;
    asked?.resolve(confirmed);
  };
  return (
    <>
      {asked && (
        <Dialog title={asked.title} onClose={() => answer(false)}>
          <div>{asked.text}</div>
          <div class="row dialog-actions">
            <button type="button" onClick={() => answer(false)}>
              Keep as it is
            </button>
            <button type="button" class="danger" onClick={() => answer(true)}>
              {asked.action}
            </button>
          </div>
        </Dialog>
      )}
      <div class="toast" role="status" aria-live="polite" data-shown={announcement.value !== ''}>
        {announcement.value}
      </div>
    </>
  );
}

/** Modal dialog. The rest of the page is unreachable until it closes; then the focus returns. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === element.current && onClose()}
    >
      <div class="stack">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}
