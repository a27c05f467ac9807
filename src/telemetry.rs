//! What the runtime says of its own work, for those who look into it: off unless `AETH_LOG` asks.

use tracing_subscriber::EnvFilter;

use crate::exit::Failure;

/// Starts logging to standard error if `AETH_LOG` names what to log (`debug`, `aeth_runtime=trace`).
pub(crate) fn start() -> Result<(), Failure> {
    let Some(wish) = std::env::var_os("AETH_LOG").filter(|wish| !wish.is_empty()) else { return Ok(()) };
    let wish = wish.to_string_lossy();
    let filter = EnvFilter::try_new(&*wish).map_err(|error| {
        Failure::usage(format!("AETH_LOG={wish} is no filter: {error}"))
            .help("try AETH_LOG=aeth_runtime=debug")
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(crate::terminal::colours())
        .init();
    Ok(())
}
