import type { Answer } from './playground';

/** Result of a form. */
export function AnswerLine({ id, answer }: { id: string; answer: Answer | undefined }) {
  return (
    <p class="answer" id={id} role="status" data-failed={answer?.failed}>
      {answer?.text}
    </p>
  );
}
