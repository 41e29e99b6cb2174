// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "engine/socket_ring.h"
#include "tools/cli/flags.h"
#include "tools/cli/log.h"
#include "tools/commands.h"

namespace cameo {

/// Options of a training by several processes.
struct RankOptions {
  int gpus = 0, ranks = 0;  ///< processes to start; 0: as the environment says, or one
  int timeout = 600;        ///< seconds
};
void add_rank_flags(Flags& flags, RankOptions& options);

/// Value of a variable of the environment; nullptr without.
using Environment = std::function<const char*(const char* name)>;

/// This process's place among ranks that a launcher has started: torchrun's RANK and WORLD_SIZE,
/// Slurm's SLURM_PROCID of a step with SLURM_STEP_NUM_TASKS, Open MPI's OMPI_COMM_WORLD_RANK, in
/// this order; empty without, or where there is one rank. MASTER_ADDR and MASTER_PORT say where
/// rank 0 listens; without them the first node of Slurm's list and a port by the job's number, or
/// this machine if all of Open MPI's ranks are here. Throws Error (ErrorCode::Usage) if that cannot
/// be told, or a number is none.
std::optional<RankPlace> rank_of(const Environment& environment);

/// The first name of Slurm's list of nodes: "gpu03" of "gpu[03-05,9],login1".
std::string first_node(const std::string& list);

/// The processes to start here; 0: this one trains. Throws Error (ErrorCode::Usage) if options and
/// launcher differ.
int ranks_to_start(const RankOptions& options, const std::optional<RankPlace>& place);

/// The common options of a rank: each of a machine takes the GPU of its number there, or the only
/// one that its launcher lets it see (CUDA_VISIBLE_DEVICES). Throws Error (ErrorCode::Usage) if the
/// device is a single GPU, or not named, or the CPU with --gpus.
Common device_of_rank(Common common, const RankOptions& options,
                      const std::optional<RankPlace>& place, const Environment& environment);

/// Starts `ranks` processes of this program with the same arguments, which find their place in
/// torchrun's variables, and waits for them. Rank 0's output is this process's; of the others only
/// messages are seen. If one fails, the others get a few seconds to notice, then they are ended. A
/// signal to finish is passed on once. Returns rank 0's exit status, or that of the first to fail.
int launch_ranks(int ranks, Args args, Log& log);

}  // namespace cameo
