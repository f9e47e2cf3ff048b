/** Of so many of the newest it is kept; who is further behind reads alone. */
const SUBJECTS_MAX = 500;
/** Whoever asks something that few others ask shares with nobody. */
const QUESTIONS_MAX = 20;

/** What many ask of the same thing at about the same time, made once. What fails is made again for the next. */
export class OnceForAll<Answer> {
  private readonly subjects = new Map<object, Map<string, Promise<Answer>>>();

  of(subject: object, question: string, make: () => Promise<Answer> | Answer): Promise<Answer> {
    const answers = this.answersOf(subject);
    const known = answers.get(question);
    if (known) return known;
    const made = Promise.resolve().then(make);
    if (answers.size >= QUESTIONS_MAX) return made;
    answers.set(question, made);
    made.catch(() => answers.delete(question));
    return made;
  }

  private answersOf(subject: object): Map<string, Promise<Answer>> {
    const known = this.subjects.get(subject);
    if (known) return known;
    const answers = new Map<string, Promise<Answer>>();
    this.subjects.set(subject, answers);
    const [oldest] = this.subjects.keys();
    if (this.subjects.size > SUBJECTS_MAX && oldest) this.subjects.delete(oldest);
    return answers;
  }
}
