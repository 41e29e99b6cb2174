// SPDX-License-Identifier: MIT
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/adam.h"
#include "engine/gradient_reducer.h"
#include "engine/muon.h"
#include "engine/params.h"
#include "engine/train_step.h"
#include "model/data/latent_stats.h"
#include "model/net/graphs.h"
#include "model/train/checkpoint.h"
#include "model/train/recipe.h"
#include "model/train/trained_discriminator.h"
#include "model/train/weight_average.h"

namespace cameo {

/// How the two sides share the encoder.
enum class TrainMode {
  Joint,      ///< both sides in one graph, one update from the sum of their losses
  Alternate,  ///< A, then B with the encoder that A has changed; the encoder has moments for each
              ///< side and all share one step count, which rises twice: the article's system
};

/// "joint" or "alternate".
const char* name_of(TrainMode mode);

/// Names of a discriminator among a learner's states, and of the weights in training where the
/// checkpoint's are an average.
constexpr const char *kDiscriminatorState = "discriminator", *kTrainedState = "trained";

/// Device memory of a learner, in bytes.
struct LearnerMemory {
  std::size_t weights = 0;      ///< float32, and the bfloat16 copy where there is one
  std::size_t gradients = 0;    ///< of the weights
  std::size_t moments = 0;      ///< of the optimizers
  std::size_t activations = 0;  ///< what the graphs' operations yield
  std::size_t backward = 0;     ///< gradients of those
  std::size_t workspace = 0;    ///< of the operations
  std::size_t total() const {
    return weights + gradients + moments + activations + backward + workspace;
  }
};

/// Whether a training by this recipe has any use for masks of the faces.
bool wants_masks(const Network& network, const Recipe& recipe);
/// The losses that a recipe asks for; masks: whether there are any.
ImageLoss image_loss(const Recipe& recipe, bool masks);

/// Network, graphs and optimizers for batches of one size: what a training step changes.
class Learner {
 public:
  struct Options {
    const Network& network;
    const Recipe& recipe;
    TrainMode mode = TrainMode::Joint;
    bool adversarial = true;  ///< whether the recipe's discriminator, if any, trains from the start
    bool masks = false;  ///< whether there are masks of the faces, for what the recipe asks of them
    /// Of the ranks that train together: gradients are the means over all. It must outlive the
    /// learner.
    ProcessGroup* group = nullptr;
  };
  /// Losses of a step before its update.
  struct Losses {
    double a = 0, b = 0;      ///< mean absolute error of each side
    std::vector<double> all;  ///< every loss, in the order of loss_names(); before the adversarial
                              ///< phase without kAdversarialLosses, which are the last
  };

  /// Allocates everything; weights are zero until initialize() or load_train_tensors(). exec must
  /// outlive it.
  Learner(Exec& exec, const Options& options);

  /// Device memory of a learner in its last phase, without allocating it; of alternate training's
  /// graphs it takes joint training's, which hold as much.
  static LearnerMemory plan_memory(Exec& exec, const Options& options);
  /// The largest batch, up to the recipe's, whose learner takes no more than `bytes`; 1 if none
  /// does.
  static int largest_batch(Exec& exec, const Options& options, std::size_t bytes);

  /// Initial weights, the same for the same seed on every machine.
  void initialize(std::uint64_t seed);

  /// Where a side's images go before step(): [batch,size,size,3], device memory.
  View face(Side side) const { return part(&TrainingGraph::face, side); }
  View target(Side side) const { return part(&TrainingGraph::target, side); }
  /// The same of the weights of their pixels and of the masks: [batch,size,size,1]; empty where no
  /// loss reads them.
  View weights(Side side) const { return part(&TrainingGraph::weights, side); }
  View mask(Side side) const { return part(&TrainingGraph::mask, side); }

  /// Where the recipe has cycle consistency: the moments of each side's latents that it goes by.
  /// Before the first step, and again after begin_adversarial().
  void match_latents(const LatentStats& a, const LatentStats& b);

  /// Records the steps; each side's begins with images(side), which fills face and target and
  /// must be able to do so again whenever a step is replayed. Without it the first step records
  /// them, and the caller fills both each time.
  void record(const std::function<void(Side)>& images = {});
  /// Lets the discriminator train from here on. Its steps must be recorded again, and face() and
  /// target() lie elsewhere.
  void begin_adversarial();
  bool adversarial() const { return adversarial_; }
  /// One iteration on both sides.
  Losses step();
  /// The same without waiting for it; at most steps_ahead() of them before losses().
  void start_step();
  /// Losses of the steps since the last call, in their order; waits for them.
  std::vector<Losses> losses();
  /// Names of all losses: "a" and "b", the mean absolute errors, and others such as "dssim_a"
  /// and "mask_a".
  const std::vector<std::string>& loss_names() const { return loss_names_; }
  /// How many steps may be started before somebody looks: 1 where work is done when it is called.
  int steps_ahead() const { return steps_ahead_; }
  int steps_started() const { return started_; }

  /// Mean absolute errors of the images that lie in face() and target(), which are not trained on.
  /// Steps that were started must be done before the images are replaced; their losses stay. Waits
  /// for the device.
  Losses evaluate();

  /// Runs forward on the images as they lie; names the first bad node, or returns "".
  std::string find_nan();

  /// Lays the recipe's learning-rate schedule over a training that ends after so many iterations,
  /// earlier runs included. Without it the rate is constant.
  void set_schedule(std::int64_t iterations);
  void set_rate(double rate);
  double rate() const { return adam_state_.read().rate; }
  /// What all Adams go by: learning rate, betas, step count.
  AdamState adam_state() const { return adam_state_.read(); }
  ParamStore& params() { return params_; }
  /// Weights that faces are rendered by, as they are now: the average where the recipe has one, of
  /// a store that stays the same. Waits for the device.
  ParamStore& rendered();
  TrainTensors tensors();
  LearnerMemory memory() const;

 private:
  View part(Value TrainingGraph::*which, Side side) const;
  View part(std::optional<Value> TrainingGraph::*which, Side side) const;
  View part(const TrainingGraph& graph, Value which, Side side) const;
  const TrainingGraph& graph_of(Side side) const;
  /// How many of the losses a step yields.
  std::size_t trained_losses() const {
    return loss_names_.size() - (discriminator_ && !adversarial_ ? kAdversarialLosses.size() : 0);
  }
  void build_graphs();

  Exec& exec_;
  TrainMode mode_;
  int batch_;
  ParamStore params_;
  DeviceAdamState adam_state_;
  Recipe recipe_;
  Network network_;                                      ///< as the recipe trains it
  bool masks_;                                           ///< whether faces have masks
  std::unique_ptr<TrainedDiscriminator> discriminator_;  ///< where the recipe has one
  std::unique_ptr<WeightAverage> average_;               ///< where the recipe has one
  bool adversarial_;                                     ///< whether it trains
  /// A graph and the optimizer that follows it.
  struct Part {
    std::unique_ptr<TrainingGraph> graph;
    std::string name;  ///< of the optimizer in checkpoints
    std::unique_ptr<Adam> adam;
    std::unique_ptr<Muon> muon;                ///< where the recipe has one
    std::unique_ptr<GradientReducer> reducer;  ///< where several ranks train
  };
  ProcessGroup* group_;
  std::vector<Part> parts_;  ///< joint: one; alternate: A, B
  std::unique_ptr<TrainStep> step_;
  int steps_ahead_, started_ = 0;
  std::vector<std::string> loss_names_;
  Memory losses_;  ///< pinned: those of each step that was started
};

}  // namespace cameo
