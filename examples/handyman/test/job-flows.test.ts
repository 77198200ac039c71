// What happens around jobs, in virtual time.

import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { createHandyman, createUser, flowEngine, functions, mail, place, stores, subjectsTo, type User } from "./flow-app.ts";

afterAll(() => mail.close());
beforeEach(() => {
  stores.database.exec("delete from users; delete from handymen; delete from jobs; delete from job_responses; delete from reviews");
});

const idOf = (thing: { readonly _id: { toString(): string } }): string => thing._id.toString();

function postJob(customer: User, about: Partial<typeof place> = {}) {
  const job = { customerId: idOf(customer), title: "A tap drips", skill: "plumbing", place: { ...place, ...about }, priceCents: 8_000 };
  const posted = stores.createJob(job);
  return { job: posted, event: { name: "customer/job.posted", data: { jobId: idOf(posted), customerId: idOf(customer) } } };
}

describe("job-matching-flow", () => {
  test("tells the handymen nearby who can do it, at once, and nobody else", async () => {
    await using t = await flowEngine(functions.jobMatchingFlow);
    const [near, nearer, far, painter, busy] = [createHandyman(), createHandyman(), createHandyman(), createHandyman(), createHandyman()];
    stores.setSkills(idOf(near), { skills: ["plumbing"], place: { ...place, latitude: 52.7 } });
    stores.setSkills(idOf(far), { skills: ["plumbing"], place: { ...place, latitude: 52.73 } });
    stores.setSkills(idOf(painter), { skills: ["painting"], place });
    stores.setAvailability(idOf(busy), { available: false, changedAt: 1 });
    const { job, event } = postJob(createUser());
    await t.send(event);
    for (const handyman of [near, nearer]) expect(subjectsTo(handyman)).toEqual(["New job near you: A tap drips"]);
    for (const handyman of [far, painter, busy]) expect(subjectsTo(handyman)).toEqual([]);
    for (const [handyman, distanceKm] of [
      [nearer, 0],
      [near, 22.2],
    ] as const)
      await t.assert.sent("handyman/job.matched", { jobId: idOf(job), handymanId: idOf(handyman), distanceKm }, { times: 1 });
  });

  test("asks again after two hours when nobody has answered", async () => {
    await using t = await flowEngine(functions.jobMatchingFlow);
    const handymen = [createHandyman(), createHandyman()];
    await t.send(postJob(createUser()).event);
    await t.advance("119m");
    for (const handyman of handymen) expect(subjectsTo(handyman)).toHaveLength(1);
    await t.advance("1m");
    for (const handyman of handymen) expect(subjectsTo(handyman).slice(1)).toEqual(["Still open: A tap drips"]);
    expect(await t.run(functions.jobMatchingFlow)).toMatchObject({
      status: "completed",
      output: { matched: 2, responses: 0, followedUp: true },
    });
  });

  test("asks nobody again when somebody has answered", async () => {
    await using t = await flowEngine(functions.jobMatchingFlow);
    const handyman = createHandyman();
    const { job, event } = postJob(createUser());
    await t.send(event);
    stores.recordResponse(idOf(job), idOf(handyman));
    await t.advance("2h");
    expect(subjectsTo(handyman)).toHaveLength(1);
    expect((await t.run(functions.jobMatchingFlow)).output).toMatchObject({ responses: 1, followedUp: false });
  });

  test("of a job that is not there, or taken, nobody hears", async () => {
    await using t = await flowEngine(functions.jobMatchingFlow);
    const handyman = createHandyman();
    await t.send({ name: "customer/job.posted", data: { jobId: "user123", customerId: "user123" } });
    const { job, event } = postJob(createUser());
    stores.assignJob(idOf(job), idOf(handyman));
    await t.send(event);
    expect(subjectsTo(handyman)).toEqual([]);
    expect(await t.run(functions.jobMatchingFlow)).toMatchObject({ status: "completed", output: { matched: 0 } });
  });
});

describe("job-completion-flow", () => {
  /** A job that is done, by a handyman who was not available meanwhile. */
  function completed(now: number) {
    const [customer, handyman] = [createUser(), createHandyman()];
    const { job } = postJob(customer);
    stores.assignJob(idOf(job), idOf(handyman));
    stores.setAvailability(idOf(handyman), { available: false, changedAt: now - 1_000 });
    stores.completeJob(idOf(job), idOf(handyman), now);
    const data = { jobId: idOf(job), handymanId: idOf(handyman), customerId: idOf(customer), completedAt: new Date(now).toISOString() };
    const review = (rating: number): boolean => stores.createReview({ ...data, rating, comment: undefined });
    return { customer, handyman, job, review, event: { name: "handyman/job.completed", data } };
  }

  test("counts, asks for a review after 24 hours, reminds three days later, and makes available", async () => {
    await using t = await flowEngine(functions.jobCompletionFlow, functions.handymanAvailabilityFlow);
    const { customer, handyman, event } = completed(t.now.getTime());
    await t.send(event);
    expect(stores.findHandyman(idOf(handyman))).toMatchObject({ completedJobs: 1, reviewCount: 0 });
    await t.advance("23h");
    expect(subjectsTo(customer)).toEqual([]);
    await t.advance("1h");
    expect(subjectsTo(customer)).toEqual(['How was "A tap drips"?']);
    await t.advance("71h");
    expect(subjectsTo(customer)).toHaveLength(1);
    expect(stores.findHandyman(idOf(handyman))?.available).toBe(false);
    await t.advance("1h");
    expect(subjectsTo(customer).slice(1)).toEqual(['A reminder: how was "A tap drips"?']);
    expect(stores.findHandyman(idOf(handyman))?.available).toBe(true);
    expect(await t.run(functions.jobCompletionFlow)).toMatchObject({ status: "completed", output: { available: true } });
  });

  test("does not remind who has reviewed, and does not ask who was quicker", async () => {
    await using t = await flowEngine(functions.jobCompletionFlow);
    const [slow, quick] = [completed(t.now.getTime()), completed(t.now.getTime())];
    quick.review(4);
    await t.send(slow.event);
    await t.send(quick.event);
    expect(stores.findHandyman(idOf(quick.handyman))).toMatchObject({ rating: 4, reviewCount: 1 });
    await t.advance("24h");
    slow.review(5);
    await t.advance("3d");
    expect(subjectsTo(slow.customer)).toEqual(['How was "A tap drips"?']);
    expect(subjectsTo(quick.customer)).toEqual([]);
  });

  test("leaves alone who has said so since, or works on another job", async () => {
    await using t = await flowEngine(functions.jobCompletionFlow, functions.handymanAvailabilityFlow);
    const [away, busy] = [completed(t.now.getTime()), completed(t.now.getTime())];
    for (const { event } of [away, busy]) await t.send(event);
    stores.setAvailability(idOf(away.handyman), { available: false, changedAt: t.now.getTime() + 1 });
    stores.assignJob(idOf(postJob(createUser()).job), idOf(busy.handyman));
    await t.advance("24h");
    await t.advance("3d");
    for (const { handyman } of [away, busy]) expect(stores.findHandyman(idOf(handyman))?.available).toBe(false);
    await t.assert.notSent("handyman/availability.changed");
  });
});

describe("handyman-availability-flow", () => {
  const changed = (handyman: User, available: boolean, at: number) => ({
    name: "handyman/availability.changed",
    data: { handymanId: idOf(handyman), available, changedAt: new Date(at).toISOString() },
  });

  test("changes it, and tells who has become available of the jobs that wait nearby", async () => {
    await using t = await flowEngine(functions.handymanAvailabilityFlow);
    const handyman = createHandyman();
    const { job } = postJob(createUser());
    postJob(createUser(), { latitude: 53 });
    await t.send(changed(handyman, false, 1_000));
    expect(stores.findHandyman(idOf(handyman))?.available).toBe(false);
    expect(subjectsTo(handyman)).toEqual([]);
    await t.send(changed(handyman, true, 2_000));
    expect(stores.findHandyman(idOf(handyman))?.available).toBe(true);
    expect(subjectsTo(handyman)).toEqual(["1 open job near you"]);
    expect((await t.run(functions.handymanAvailabilityFlow)).output).toMatchObject({ pendingJobs: [idOf(job)] });
  });

  test("a change that comes after a later one changes nothing", async () => {
    await using t = await flowEngine(functions.handymanAvailabilityFlow);
    const handyman = createHandyman();
    await t.send(changed(handyman, false, 2_000));
    await t.send(changed(handyman, true, 1_000));
    expect(stores.findHandyman(idOf(handyman))?.available).toBe(false);
    expect((await t.run(functions.handymanAvailabilityFlow)).output).toMatchObject({ updated: false });
  });
});

describe("handyman-performance-flow, Mondays at midnight", () => {
  function rated(...ratings: readonly number[]): User {
    const handyman = createHandyman();
    for (const rating of ratings) {
      const customer = createUser();
      const { job } = postJob(customer);
      stores.createReview({ jobId: idOf(job), handymanId: idOf(handyman), customerId: idOf(customer), rating, comment: undefined });
    }
    stores.updateStats(idOf(handyman));
    return handyman;
  }

  test("has tips below 3, thanks from 4.5 on, and nothing between or before three reviews", async () => {
    await using t = await flowEngine(functions.handymanPerformanceFlow);
    const low = rated(2, 3, 3, 3);
    const enough = rated(3, 3, 3, 3);
    const almost = rated(4, 4, 4, 5, 5);
    const top = rated(4, 5, 4, 5);
    const few = rated(1, 1);
    await t.nextCron(functions.handymanPerformanceFlow);
    const at = t.now;
    expect([at.getUTCDay(), at.getUTCHours(), at.getUTCMinutes()]).toEqual([1, 0, 0]);
    expect(subjectsTo(low)).toEqual(["Three ways to better reviews"]);
    expect(subjectsTo(top)).toEqual(["You are one of our best"]);
    for (const handyman of [enough, almost, few]) expect(subjectsTo(handyman)).toEqual([]);
    expect((await t.run(functions.handymanPerformanceFlow)).output).toMatchObject({ tips: 1, recognition: 1 });
    await t.nextCron(functions.handymanPerformanceFlow);
    expect(subjectsTo(low)).toHaveLength(2);
  });

  test("goes through more handymen than fit into one step", async () => {
    await using t = await flowEngine(functions.handymanPerformanceFlow);
    const handymen = Array.from({ length: 100 }, createHandyman);
    const last = rated(5, 5, 5);
    await t.nextCron(functions.handymanPerformanceFlow);
    expect(subjectsTo(last)).toEqual(["You are one of our best"]);
    expect(handymen.flatMap(subjectsTo)).toEqual([]);
    expect((await t.run(functions.handymanPerformanceFlow)).steps.map(({ name }) => name)).toEqual([
      ...["measure-performance-1", "measure-performance-2", `send-recognition-${idOf(last)}`],
    ]);
  });
});
