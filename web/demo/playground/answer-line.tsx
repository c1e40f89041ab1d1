import type { Answer } from './playground';

/** How a form's work went. */
export function AnswerLine({ id, answer }: { id: string; answer: Answer | undefined }) {
  return (
    <p class="answer" id={id} role="status" data-failed={answer?.failed}>
      {answer?.text}
    </p>
  );
}
