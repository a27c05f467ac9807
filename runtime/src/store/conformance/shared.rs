//! Two handles on one store, as two processes have them.

use super::*;

pub(super) async fn what_one_commits_the_other_sees(here: Arc<dyn Store>, there: Arc<dyn Store>) {
    let before = there.version().await.unwrap();
    let mut job = Held::create(&here, "job").await;
    job.write(&[note(&"z".repeat(INLINE_PAYLOAD * 3))]).await;
    assert_ne!(there.version().await.unwrap(), before);
    assert_eq!(there.job(&job.key).await.unwrap(), Some(job.row().await));
    assert_eq!(there.events(&job.key, 1, 10).await, here.events(&job.key, 1, 10).await);
    assert_eq!(there.program(program().hash()).await, Ok(Some(program())));
    there.post(&job.key, "r", signal("1")).await.unwrap();
    assert_eq!(job.inbox().await.len(), 1);
}

pub(super) async fn a_takeover_fences_the_former_holder(here: Arc<dyn Store>, there: Arc<dyn Store>) {
    let mut job = Held::create(&here, "job").await;
    let mut other = Held::take(&there, &job.key, job.head).await;
    assert_eq!(here.append(job.next(&[note("1")])).await, Err(AppendError::Fenced));
    other.write(&[note("2")]).await;
    assert_eq!(here.job(&job.key).await.unwrap().unwrap().head, other.head);
}

pub(super) async fn the_rules_hold_across_handles(here: Arc<dyn Store>, there: Arc<dyn Store>) {
    let job = Held::create(&here, "job").await;
    let mut tasks = JoinSet::new();
    for index in 0..16_u64 {
        let (store, mut copy) = (if index % 2 == 0 { here.clone() } else { there.clone() }, job.clone());
        copy.next_id = u128::from(index) << 32;
        let append = copy.next(&[note(&index.to_string())]);
        tasks.spawn(async move {
            let number = store.post(&append.key, "the same", signal("1")).await.unwrap();
            assert_eq!(number, 1);
            u64::from(store.append(append).await.is_ok())
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<u64>(), 1);
    assert_eq!(there.inbox(&job.key).await.unwrap().len(), 1);
    assert_eq!(there.events(&job.key, 1, 10).await.unwrap().len(), 2);
}
